import { createFileRoute } from "@tanstack/react-router";
import { FilesPage } from "@/features/manifests/files-page";

export const Route = createFileRoute("/_app/settings/files")({ staticData: { crumb: "Files" }, component: FilesPage });
