/** Uploads with progress: fetch cannot tell how far it is with a body, XMLHttpRequest can. */

import { requestHeaders } from "@/api/client";
import { type ApiError, errorOf, offlineError } from "@/api/problem";
import type { Attachment } from "@/api/types";
import { parseJson } from "@/lib/exact-json";

const MIB = 1024 * 1024;
export const LARGEST_PICTURE_BYTES = 5 * MIB;

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** Types that are text by another name. What has no type at all may be text too: the server looks into it. */
const TEXTS = /^(text\/|application\/(json|xml|yaml|x-yaml|toml|javascript|x-sh|sql|x-ndjson)|$)/;

interface FileFacts {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** Why a file cannot be attached, as far as can be told before it is sent; null when it can. */
export function refusalOf({ name, size, type }: FileFacts): string | null {
  if (size === 0) return `${name} is empty.`;
  if (PICTURES.has(type)) {
    return size > LARGEST_PICTURE_BYTES ? `${name} is larger than ${LARGEST_PICTURE_BYTES / MIB} MiB.` : null;
  }
  return TEXTS.test(type) ? null : `${name} is neither a picture nor a text.`;
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
    return parseJson(text);
  } catch {
    return null;
  }
}
