import type { Agent } from "@/api/types";
import type { GallerySearch } from "./gallery-search";

export interface AgentsPageProps {
  search: GallerySearch;
  onSearch: (change: Partial<Record<keyof GallerySearch, string | undefined>>) => void;
  canWrite: boolean;
  canRun: boolean;
  onRun: (agentId: string) => void;
  onCreated: (agent: Agent) => void;
}
