/** The product's sign: two lines put through by one hand. */
export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <rect width="64" height="64" rx="16" fill="#7318b6" />
      <path d="M19 41c0-19 26-19 26 0" fill="none" stroke="#fff" strokeWidth="5" strokeLinecap="round" />
      <circle cx="19" cy="43" r="7" fill="#fff" />
      <circle cx="45" cy="43" r="7" fill="#fff" />
      <circle cx="32" cy="15" r="4" fill="#e3c4f7" />
    </svg>
  );
}
