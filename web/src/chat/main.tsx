import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ChatPage } from "./chat-page";
import "@/styles/app.css";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no element with the id root.");

const targetId = location.pathname.split("/")[2] ?? "";

createRoot(root).render(
  <StrictMode>
    <ChatPage targetId={targetId} />
  </StrictMode>,
);
