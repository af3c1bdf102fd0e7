import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, TriangleAlert, UsersRound } from "lucide-react";
import type { Team, TeamType } from "@/api/types";
import { SavedViews } from "@/components/saved-views";
import { Badge } from "@/components/ui/badge";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { LoadMore } from "@/components/ui/load-more";
import { NothingFits } from "@/components/ui/nothing-fits";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/page-states";
import { SearchBox } from "@/components/ui/search-box";
import { Select } from "@/components/ui/select";
import { plural } from "@/lib/format";
import { type TeamFilter, teamList } from "./api";
import { ModePicture } from "./mode-picture";
import { MODES, modeOf } from "./modes";

interface Props {
  filter: TeamFilter;
  onFilter: (change: TeamFilter) => void;
  canWrite: boolean;
}

export function TeamsPage({ filter, onFilter, canWrite }: Props) {
  const teams = useInfiniteQuery({ ...teamList(filter), placeholderData: keepPreviousData });
  const isFiltered = Boolean(filter.q || filter.type);
  return (
    <Page
      title="Teams"
      width="wide"
      actions={
        <>
          <SavedViews list="teams" />
          {canWrite && (
            <Link to="/teams/new" data-new className={buttonClass("primary")}>
              <Plus aria-hidden className="size-3.5" /> New team
            </Link>
          )}
        </>
      }
    >
      <div className="flex flex-wrap gap-2">
        <SearchBox
          className="w-full sm:w-64"
          label="Find a team"
          value={filter.q}
          onChange={(q) => onFilter({ ...filter, q })}
        />
        <div className="w-full sm:w-44">
          <Select
            aria-label="Mode"
            value={filter.type ?? ""}
            onChange={(event) => onFilter({ ...filter, type: (event.target.value as TeamType) || undefined })}
          >
            <option value="">All modes</option>
            {MODES.map((mode) => (
              <option key={mode.value} value={mode.value}>
                {mode.label}
              </option>
            ))}
          </Select>
        </div>
      </div>
      <Loaded query={teams}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) {
            return isFiltered ? (
              <Card>
                <NothingFits title="No team fits these filters" onClear={() => onFilter({})} />
              </Card>
            ) : (
              <NoTeams canWrite={canWrite} />
            );
          }
          return (
            <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,19rem),1fr))] gap-3">
              {rows.map((team) => (
                <li key={team.id}>
                  <TeamCard team={team} />
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={teams} />
    </Page>
  );
}

function TeamCard({ team }: { team: Team }) {
  const mode = modeOf(team.type);
  return (
    <Card className="relative flex h-full flex-col p-4 hover:border-line-strong">
      <ModePicture type={team.type} names={team.members.map((each) => each.name)} className="mb-3" />
      <h2 className="truncate font-medium text-fg text-sm">
        <Link
          to="/teams/$teamId"
          params={{ teamId: team.id }}
          className="rounded after:absolute after:inset-0 hover:underline"
        >
          {team.name}
        </Link>
      </h2>
      <p className="mt-0.5 line-clamp-2 flex-1 text-muted text-xs">{team.description || mode.how}</p>
      <p className="mt-2 flex flex-wrap items-center gap-2">
        <Badge icon={mode.icon}>{mode.label}</Badge>
        <span className="text-faint text-xs">{plural(team.members.length, "member")}</span>
        {team.warnings.length > 0 && (
          <Badge tone="warning" icon={TriangleAlert} title={team.warnings.join(" ")}>
            Cannot run
          </Badge>
        )}
      </p>
    </Card>
  );
}

function NoTeams({ canWrite }: { canWrite: boolean }) {
  const action = canWrite && (
    <Link to="/teams/new" className={buttonClass("primary")}>
      Create team
    </Link>
  );
  return (
    <Card>
      <EmptyState icon={UsersRound} title="No teams yet" action={action}>
        A team is a group of agents with a leader: one of them answers, or they work together.
      </EmptyState>
    </Card>
  );
}
