/** Stands where the application has its effects on sound and picture: the widget has none. */

export function suppressNoise(): Promise<never> {
  return Promise.reject(new Error("no effects in the widget"));
}

export const blurBackground = suppressNoise;
