import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { TabPanel, Tabs } from "@/components/ui/tabs";

interface Props {
  readonly agent: Agent;
  readonly onDeployments: () => void;
}

/** How programs run the agent: ready to be copied, with the key named and never shown. */
export function ApiPane({ agent, onDeployments }: Props) {
  const [language, setLanguage] = useState("curl");
  const recipes = recipesOf(window.location.origin, agent);
  return (
    <div className="flex flex-col gap-4 p-4 text-sm">
      <p className="text-muted">
        These run the newest saved version. The key needs the permissions runs:write and runs:read; create one under{" "}
        <Link to="/settings/api-keys" className="text-accent-text underline underline-offset-2">
          Settings, API keys
        </Link>
        .
      </p>
      <Tabs
        label="Language"
        value={language}
        onChange={setLanguage}
        tabs={recipes.map(({ value, label }) => ({ value, label }))}
        className="gap-2"
      >
        {recipes.map(({ value, label, text }) => (
          <TabPanel key={value} value={value}>
            <CodeBlock label={`${label} example`} text={text} />
          </TabPanel>
        ))}
      </Tabs>
      <CodeBlock label="Agent ID" text={agent.id} />
      <p className="text-muted">
        A deployed version answers at a URL that stays the same when you save, and can have a chat page to embed in a site.
      </p>
      <Button className="self-start" onClick={onDeployments}>
        Open deployments
      </Button>
    </div>
  );
}

function recipesOf(origin: string, agent: Agent) {
  const body = `{"target_id": "${agent.id}", "input": {"prompt": "Hello"}}`;
  return [
    {
      value: "curl",
      label: "curl",
      text: [
        `curl ${origin}/api/v1/runs`,
        '-H "Authorization: Bearer $RETINUE_API_KEY"',
        '-H "Prefer: wait=60"',
        '-H "Content-Type: application/json"',
        `-d '${body}'`,
      ].join(" \\\n  "),
    },
    {
      value: "python",
      label: "Python",
      text: `# pip install retinue
import os

from retinue.client import Retinue

retinue = Retinue("${origin}", os.environ["RETINUE_API_KEY"])
run = retinue.runs.start(
    target_id="${agent.id}",
    input={"prompt": "Hello"},
    wait_seconds=60,
)
print(run["status"], run["output"])`,
    },
    {
      value: "cli",
      label: "Command line",
      text: `export RETINUE_URL=${origin}\nretinue run ${agent.id} "Hello"`,
    },
  ];
}
