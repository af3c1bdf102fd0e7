import { Check, Copy, Download } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { copyText } from "@/components/ui/copy-button";
import { Notice } from "@/components/ui/notice";

interface RecoveryCodesProps {
  codes: readonly string[];
  onDone: () => void;
}

/** Recovery codes, shown this once: to be copied, or saved as a file. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const [isCopied, setIsCopied] = useState(false);
  const text = `${codes.join("\n")}\n`;
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warning">
        Save these codes now: they are shown this once. Each one replaces a code of the app once, for example when you lose
        the device.
      </Notice>
      <ul
        aria-label="Recovery codes"
        className="grid grid-cols-[repeat(auto-fit,minmax(10.5rem,1fr))] gap-x-4 gap-y-1 rounded-lg border border-line-strong bg-sunken px-4 py-3"
      >
        {codes.map((code) => (
          <li key={code}>
            <code className="text-fg text-sm">{code}</code>
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button icon={isCopied ? Check : Copy} onClick={() => void copyText(text).then(setIsCopied)}>
          {isCopied ? "Copied" : "Copy codes"}
        </Button>
        <Button icon={Download} onClick={() => download(text)}>
          Download
        </Button>
        <Button variant="primary" className="ml-auto" onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  );
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "retinue-recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(url);
}
