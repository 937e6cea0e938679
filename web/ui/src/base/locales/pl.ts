/** All Polish sentences of the screens. */
import { byFile, type Catalogues } from "./catalogues";

export default byFile(
  import.meta.glob<Catalogues>(["../../../../locales/pl/*.json", "!../../../../locales/pl/{errors,guides,mails,push,widget}.json"], {
    eager: true,
    import: "default",
  }),
);
