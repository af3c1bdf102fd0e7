import { useCallback, useEffect, useRef, useState } from "react";
import type { Attachment } from "@/api/types";
import { newKey } from "@/lib/new-key";
import { refusalOf, type Upload, upload } from "./upload";

export interface Draft {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  readonly progress: number;
  readonly attachment: Attachment | null;
  readonly problem: string | null;
}

/** The files of a message that is being written: each is uploaded as soon as it is chosen. */
export function useAttachments() {
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const uploads = useRef(new Map<string, Upload>());
  const change = useCallback((key: string, change: Partial<Draft>) => {
    setDrafts((all) => all.map((draft) => (draft.key === key ? { ...draft, ...change } : draft)));
  }, []);

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = newKey();
        const problem = refusalOf(file);
        setDrafts((all) => [...all, { key, name: file.name, size: file.size, progress: 0, attachment: null, problem }]);
        if (problem !== null) continue;
        const running = upload(file, (progress) => change(key, { progress }));
        uploads.current.set(key, running);
        running.done.then(
          (attachment) => change(key, { attachment, progress: 1 }),
          (error: Error) => error.name !== "AbortError" && change(key, { problem: error.message }),
        );
      }
    },
    [change],
  );
  const remove = useCallback((key: string) => {
    uploads.current.get(key)?.cancel();
    uploads.current.delete(key);
    setDrafts((all) => all.filter((draft) => draft.key !== key));
  }, []);
  const clear = useCallback(() => {
    uploads.current.clear();
    setDrafts([]);
  }, []);

  useEffect(
    () => () => {
      for (const running of uploads.current.values()) running.cancel();
    },
    [],
  );
  const isBusy = drafts.some((draft) => draft.attachment === null && draft.problem === null);
  const ready = drafts.flatMap((draft) => (draft.attachment ? [draft.attachment] : []));
  return { drafts, ready, isBusy, add, remove, clear };
}
