/** Where the panel takes the whole window: on phones, and in windows too small for a page and a panel beside each other. */
export const COVERED = "(max-width: 480px), (max-height: 480px)";
/** Where calls have no window beside the page. */
export const PHONE = "(max-width: 480px), (max-height: 480px) and (pointer: coarse)";
