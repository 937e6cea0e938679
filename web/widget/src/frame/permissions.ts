/** What the pages around us leave us (Permissions-Policy); a browser that cannot be asked forbids nothing so. */
export function mayUse(device: "microphone" | "camera"): boolean {
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature: (name: string) => boolean } };
  return featurePolicy?.allowsFeature(device) ?? true;
}
