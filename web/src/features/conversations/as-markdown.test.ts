import { expect, test } from "vitest";
import type { Message } from "@/api/types";
import { asMarkdown, fileNameOf } from "./as-markdown";

function message(change: Partial<Message>): Message {
  return { sender_type: "user", content: "", attachments: [], partial_content: null, ...change } as Message;
}

test("a conversation is written with who said what, and what was attached", () => {
  const file = { id: "1", name: "tides.csv", size: 3, type: "text/csv", url: "/x" };
  const said = [
    message({ content: "How is the tide?", attachments: [file] }),
    message({ sender_type: "agent", content: "It is **high**." }),
    message({ sender_type: "agent", partial_content: "It was" }),
  ];
  expect(asMarkdown("Tides", "Pilot", said)).toBe(
    "# Tides\n\n## You\n\n*Attached: tides.csv*\n\nHow is the tide?\n\n## Pilot\n\nIt is **high**.\n\n## Pilot\n\nIt was\n",
  );
});

test("a title becomes the name of a file, whatever is in it", () => {
  expect(fileNameOf("Où est / la marée?")).toBe("où-est-la-marée.md");
  expect(fileNameOf("???")).toBe("conversation.md");
});
