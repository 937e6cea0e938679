import shared from "../ui/stylelint.config.js";

export default {
  ...shared,
  referenceFiles: ["src/*/tokens.css"],
  // A frame is as narrow as its panel, and as low as a page at 400 %: its widths are its own.
  rules: { ...shared.rules, "media-feature-name-value-allowed-list": { "/^(max|min)-width$/": ["300px", "560px"] } },
};
