import { useState } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { TabPanel, Tabs } from "@/components/ui/tabs";

/** Requests that the agent makes, ready to be copied; the key is named, never shown. */
export function Recipes({ agentId }: { agentId: string }) {
  const [tab, setTab] = useState("heartbeat");
  const recipes = recipesOf(window.location.origin, agentId);
  return (
    <Tabs
      label="Recipes"
      value={tab}
      onChange={setTab}
      tabs={recipes.map(({ value, label }) => ({ value, label }))}
      className="gap-2"
    >
      {recipes.map(({ value, label, text }) => (
        <TabPanel key={value} value={value}>
          <CodeBlock label={label} text={text} />
        </TabPanel>
      ))}
    </Tabs>
  );
}

function recipesOf(origin: string, agentId: string) {
  const agent = `${origin}/api/v1/agents/${agentId}`;
  const curl = (path: string, body: string) =>
    `curl ${agent}/${path} \\\n  -H "Authorization: Bearer $AGENT_KEY" -H "Content-Type: application/json" \\\n  -d '${body}'`;
  return [
    { value: "heartbeat", label: "Heartbeat", text: curl("heartbeat", '{"status": "online", "cpu_percent": 12.5}') },
    {
      value: "claim",
      label: "Claim",
      text: curl("work/claim", '{"worker": "edge-1", "wait_seconds": 20, "lease_seconds": 60}'),
    },
    { value: "complete", label: "Complete", text: curl("work/$RUN/complete", '{"lease": 1, "output": {"celsius": 20.5}}') },
    {
      value: "report",
      label: "Report",
      text: curl("executions", '{"status": "success", "message": "Read 3 gauges.", "output": {"mean": 20.5}}'),
    },
    {
      value: "metrics",
      label: "Metrics",
      text: curl("metrics", '{"points": [{"metric_type": "gauge.mean", "value": 20.5, "unit": "celsius"}]}'),
    },
    { value: "python", label: "Python", text: pythonOf(origin, agentId) },
  ];
}

function pythonOf(origin: string, agentId: string): string {
  return `# pip install retinue
import asyncio
import os

from retinue.client import AsyncExternalAgent, Task


async def handle(task: Task) -> object:
    await task.log("Reading the gauge.")
    return {"celsius": 20.5}


async def main() -> None:
    async with AsyncExternalAgent("${origin}", "${agentId}", os.environ["AGENT_KEY"]) as agent:
        await agent.work(handle)


asyncio.run(main())`;
}
