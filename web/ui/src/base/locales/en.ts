/** All English sentences of the screens. */
import { byFile, type Catalogues } from "./catalogues";

export default byFile(
  import.meta.glob<Catalogues>(["../../../../locales/en/*.json", "!../../../../locales/en/{errors,guides,mails,push,widget}.json"], {
    eager: true,
    import: "default",
  }),
);
