/** What both searches hold to. */
export const SEARCH_LENGTH_MIN = 2;
