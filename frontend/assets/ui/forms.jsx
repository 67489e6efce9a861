// Parts of forms: fields with words under them, passwords, dialogs, things to copy.

import { useEffect, useId, useRef, useState } from "react";
import { Check, Copy, Eye, EyeOff, X } from "lucide-react";
import { toast } from "sonner";
import { strengthOf } from "./paths.js";
import { useRefusal } from "./me.js";
import { useFocusTrap } from "./ui.jsx";

export function Field({ label, hint, error, children, className = "" }) {
  const id = useId();
  const about = hint || error ? `${id}-about` : undefined;
  return (
    <div className={`dr-field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": about, "aria-invalid": error ? true : undefined })}
      {about && (
        <p id={about} className={error ? "dr-field-error" : "dr-caption"}>
          {error || hint}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, className, ...rest }) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(bound) => <input className="dr-input" {...bound} {...rest} />}
    </Field>
  );
}

export function SelectField({ label, hint, error, options, className, onChange, ...rest }) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(bound) => (
        <select className="dr-input dr-select" {...bound} {...rest} onChange={(event) => onChange(event.target.value)}>
          {options.map(([value, words, off, why]) => (
            <option key={value} value={value} disabled={off} title={why}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A password that can be shown, says when caps lock is on, and how good a new one is. */
export function PasswordField({ label, value, onChange, fresh, email, error, ...rest }) {
  const [shown, setShown] = useState(false);
  const [caps, setCaps] = useState(false);
  const strength = strengthOf(value, email);
  const look = (event) => setCaps(Boolean(event.getModifierState?.("CapsLock")));
  const hint = caps ? "Caps lock is on" : fresh && !value ? "At least ten characters, four of them different. A few words are easier to keep than signs." : "";
  return (
    <Field label={label} error={error} hint={hint || (fresh && strength.words)} className={caps ? "dr-field-caps" : ""}>
      {(bound) => (
        <>
          <div className="dr-password">
            <input
              className="dr-input"
              type={shown ? "text" : "password"}
              autoComplete={fresh ? "new-password" : "current-password"}
              spellCheck={false}
              autoCapitalize="none"
              maxLength={1000}
              value={value}
              {...bound}
              {...rest}
              onChange={(event) => onChange(event.target.value)}
              onKeyDown={look}
              onKeyUp={look}
              onBlur={() => setCaps(false)}
            />
            <button type="button" className="dr-icon-button" aria-label={shown ? "Hide the password" : "Show the password"} aria-pressed={shown} onClick={() => setShown(!shown)}>
              {shown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
            </button>
          </div>
          {fresh && value && (
            <div className="dr-strength" aria-hidden>
              <span className={strength.fits ? (strength.share === 1 ? "dr-strong" : "") : "dr-weak"} style={{ width: `${strength.share * 100}%` }} />
            </div>
          )}
        </>
      )}
    </Field>
  );
}

/** What went wrong with a form, in words. */
export function FormError({ error }) {
  return (
    <div role="alert" className="dr-form-error-place">
      {error && (
        <p className="dr-form-error">
          <strong>{error.title}.</strong> {error.message} {error.remedy}
        </p>
      )}
    </div>
  );
}

/** Runs something that asks the server: whether it is busy, and what went wrong the last time. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const run = async (act) => {
    setBusy(true);
    setError(null);
    try {
      return await act();
    } catch (problem) {
      setError(problem);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run, setError };
}

/** Says what went wrong with something that has no form. */
export const complain = (problem) => toast.error(problem.title, { description: `${problem.message} ${problem.remedy}` });

/** A button that whoever may not use it still finds, with the reason. */
export function Gated({ permission, children, onClick, ...rest }) {
  const why = useRefusal(permission);
  return (
    <button type="button" {...rest} {...(why && { "aria-disabled": true, title: why })} onClick={why ? () => toast.error("You may not do this", { description: why }) : onClick}>
      {children}
    </button>
  );
}

export function Dialog({ title, onClose, children, className = "" }) {
  const root = useRef(null);
  useFocusTrap(root);
  useEffect(() => {
    root.current?.querySelector("input, select, textarea")?.focus();
  }, []);
  return (
    <div className="dr-shade" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div ref={root} className={`dr-dialog dr-dialog-form ${className}`} role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} onKeyDown={(event) => event.key === "Escape" && onClose()}>
        <div className="dr-dialog-head">
          <h2>{title}</h2>
          <button type="button" className="dr-icon-button" aria-label="Close" onClick={onClose}>
            <X size={18} aria-hidden />
          </button>
        </div>
        {children}
      </div>
    </div>
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, words, verb, onClose, onConfirm }) {
  const { busy, error, run } = useAct();
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="dr-muted">{words}</p>
      <FormError error={error} />
      <footer className="dr-dialog-foot">
        <button type="button" className="dr-button dr-button-quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="dr-button dr-button-danger" disabled={busy} onClick={() => run(async () => (await onConfirm(), onClose()))}>
          {verb}
        </button>
      </footer>
    </Dialog>
  );
}

/** Something shown once, to be copied. */
export function CopyBox({ label, value }) {
  const [copied, setCopied] = useState(false);
  const field = useRef(null);
  const copy = async () => {
    field.current.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Without permission it stays selected, for the keyboard.
    }
  };
  return (
    <div className="dr-copy-box">
      <input ref={field} className="dr-input" readOnly value={value} aria-label={label} onFocus={(event) => event.target.select()} />
      <button type="button" className="dr-button dr-button-main" onClick={copy}>
        {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />} <span role="status">{copied ? "Copied" : "Copy"}</span>
      </button>
    </div>
  );
}
