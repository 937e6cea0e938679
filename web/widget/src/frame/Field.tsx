/** A labelled field with its fault beneath. */
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  problem?: string;
  type?: "text" | "email" | "tel";
  autoComplete?: string;
  long?: boolean;
  testId: string;
}

export function Field({ label, value, onChange, problem = "", type = "text", autoComplete = "off", long = false, testId }: FieldProps) {
  const id = useId();
  const shared = {
    id,
    value,
    "aria-invalid": problem !== "",
    "data-testid": testId,
    ...(problem !== "" && { "aria-describedby": `${id}-problem` }),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {long ? (
        <textarea rows={4} maxLength={10_000} {...shared} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input type={type} maxLength={200} autoComplete={autoComplete} {...shared} onInput={(event) => onChange(event.currentTarget.value)} />
      )}
      {problem !== "" && (
        <p class="fault" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

/** As the server sees it: one @, something on both sides, a dot-less host is nobody's. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}
