import type { InputHTMLAttributes, Ref, TextareaHTMLAttributes } from "react";
import { cx } from "@/lib/cx";

const BOX = cx(
  "w-full rounded-md border border-line-strong bg-surface px-2.5 text-fg text-sm transition-colors",
  "placeholder:text-faint hover:border-faint focus-visible:border-accent focus-visible:outline-2 focus-visible:outline-offset-0",
  "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted aria-invalid:border-danger",
);

export interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  ref?: Ref<HTMLInputElement>;
}

export function Input({ className, ...rest }: InputProps) {
  return <input type="text" {...rest} className={cx(BOX, "h-8", className)} />;
}

export interface TextareaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  ref?: Ref<HTMLTextAreaElement>;
}

export function Textarea({ className, ...rest }: TextareaProps) {
  return <textarea rows={3} {...rest} className={cx(BOX, "min-h-16 resize-y py-1.5 leading-5", className)} />;
}
