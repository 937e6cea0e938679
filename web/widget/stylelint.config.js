import shared from "../ui/stylelint.config.js";

export default { ...shared, referenceFiles: ["src/*/tokens.css"] };
