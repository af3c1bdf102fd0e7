/** The nonce of this page's content policy, for the few libraries that make a style element of their own. */
export function cspNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
}
