/** Uploads with progress: fetch cannot tell how far it is with a body, XMLHttpRequest can. */
import { requestHeaders } from "@/api/client";
import { type ApiError, errorOf, offlineError } from "@/api/problem";
import type { Attachment } from "@/api/types";

export const LARGEST_BYTES = 20 * 1024 * 1024;

/** What a browser may send: anything an agent could read. The server decides again. */
const REFUSED = /\.(exe|dll|msi|com|scr|bat|cmd|sh|app|dmg|iso)$/i;

/** Why a file cannot be attached; null when it can. */
export function refusalOf(file: { name: string; size: number }): string | null {
  if (file.size === 0) return `${file.name} is empty.`;
  if (file.size > LARGEST_BYTES) return `${file.name} is larger than ${LARGEST_BYTES / 1024 / 1024} MiB.`;
  return REFUSED.test(file.name) ? `${file.name} is a program; programs cannot be attached.` : null;
}

export interface Upload {
  readonly done: Promise<Attachment>;
  readonly cancel: () => void;
}

export function upload(file: File, onProgress: (part: number) => void): Upload {
  const request = new XMLHttpRequest();
  const done = new Promise<Attachment>((resolve, reject) => {
    request.open("POST", "/api/v1/attachments");
    for (const [name, value] of Object.entries(requestHeaders("POST"))) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(offlineError());
    request.onabort = () => reject(new DOMException("The upload was cancelled.", "AbortError"));
    request.onload = () => {
      const body = readJson(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as Attachment);
      else reject(refusal(body, request));
    };
    const form = new FormData();
    form.set("file", file);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}

function refusal(body: unknown, request: XMLHttpRequest): ApiError {
  return errorOf(body, new Response(null, { status: request.status }));
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
