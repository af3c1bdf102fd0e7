import { type ClassValue, clsx } from "clsx";

/** Joins class names; later ones do not override earlier ones, so a component's variants never contradict each other. */
export function cx(...values: ClassValue[]): string {
  return clsx(values);
}
