-- The tool web_search, the provider that an organization chooses for it, and built-in templates.

CREATE TABLE web_search_settings (
  organization_id uuid NOT NULL CONSTRAINT web_search_settings_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  provider text NOT NULL CONSTRAINT web_search_settings_provider_check CHECK (provider IN ('searxng', 'brave', 'tavily')),
  url text CONSTRAINT web_search_settings_url_check CHECK (length(url) BETWEEN 1 AND 2000),
  api_key_encrypted bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT web_search_settings_pkey PRIMARY KEY (organization_id)
);
SELECT tenant.touch('web_search_settings');
SELECT tenant.protect('web_search_settings');

INSERT INTO tools (id, name, tool_type, effect, configuration, description, parameters_schema) VALUES
('01900000-0000-7000-8000-000000000010', 'web_search', 'api', 'read_only', '{"builtin": "web_search"}',
 'Searches the web and returns titles, addresses and excerpts of the results. Read a result itself with http_fetch.',
 '{"type": "object", "additionalProperties": false, "required": ["query"], "properties": {"query": {"type": "string", "minLength": 1, "maxLength": 400,
   "description": "The words to search for."}, "max_results": {"type": "integer", "minimum": 1, "maximum": 20,
   "description": "How many results to return at most; 5 when left out."}}}');

-- The web researcher searched one address that its user named; it uses the provider of the organization now.
UPDATE agent_templates SET
  description = $t$Searches the web, reads what it finds, and answers with its sources. Needs a web search provider, which an administrator chooses under Settings, Web search.$t$,
  default_config = $t${"agent_type": "assistive", "instructions": "You answer questions from the web about {{topic}}.\n\nSearch with web_search; try other words when the results do not fit. Then read the two to four most promising results themselves with http_fetch.\n\nAnswer in {{language}}: first the answer in one or two sentences, then the details, then the addresses of your sources. Write only what a source says; where sources differ, report it; when you find nothing, or web_search cannot be used, say that and why.", "config": {"tools": [{"name": "web_search"}, {"name": "http_fetch"}, {"name": "current_time"}]}}$t$,
  required_params = $t${"type": "object", "properties": {"topic": {"type": "string", "minLength": 1, "title": "Topic", "description": "What the questions are about."}, "language": {"type": "string", "minLength": 1, "title": "Language", "description": "In which language to answer.", "default": "English"}}, "required": ["topic"], "additionalProperties": false}$t$
WHERE id = '01900000-0000-7000-8000-000000000109';

UPDATE agent_templates SET
  description = $t$Finds and reads pages about a market, compares prices and figures exactly, and writes a short report. With sources of your own it needs no web search provider.$t$,
  default_config = $t${"agent_type": "automation", "instructions": "You watch {{market}} for a person who wants facts and no guesses.\n\nSources, one address a line (none: find them):\n{{sources}}\n\nWork like this:\n1. Read each source with http_fetch. Without sources, find two to four pages with web_search first.\n2. Take down every price or figure about {{market}}, with its source and the time from current_time.\n3. Compare figures with the calculator; never calculate yourself.\n4. Save a Markdown report with write_artifact: a table of the figures, what changed, and what could not be read.\n\nState no figure that you did not read in a source. Say plainly which sources failed.", "config": {"tools": [{"name": "web_search"}, {"name": "http_fetch"}, {"name": "calculator"}, {"name": "current_time"}, {"name": "write_artifact"}]}}$t$,
  required_params = $t${"type": "object", "properties": {"market": {"type": "string", "minLength": 1, "title": "Market", "description": "What to watch, for example: euro to dollar, or used e-bikes."}, "sources": {"type": "string", "minLength": 1, "title": "Sources", "description": "Addresses of pages with prices, one a line. Leave it at none to have them found by web search.", "default": "none", "maxLength": 4000}}, "required": ["market"], "additionalProperties": false}$t$
WHERE id = '01900000-0000-7000-8000-00000000010a';

INSERT INTO agent_templates (id, type, name, category, icon, is_public, description, default_config, required_params) VALUES
('01900000-0000-7000-8000-00000000010b', $t$support$t$, $t$Ticket triage$t$, $t$support$t$, $t$inbox$t$, true,
 $t$Sorts an incoming request: queue, urgency, what is missing, and a draft of the first answer. Answers with one JSON object.$t$,
 $t${"agent_type": "automation", "instructions": "You sort requests that reach the support of {{product}}.\n\nQueues, one a line:\n{{queues}}\n\nChoose exactly one of these queues. Urgency: high when many people cannot work or data is at risk, low when there is a way around it, else normal. Name what is missing to work on it. Write a first answer of at most 80 words in the language of the request; promise no time and no solution.\n\nAnswer with the JSON object alone.", "config": {"tools": [], "output_schema": {"type": "object", "properties": {"queue": {"type": "string"}, "urgency": {"type": "string", "enum": ["low", "normal", "high"]}, "missing": {"type": "array", "items": {"type": "string"}}, "answer": {"type": "string"}}, "required": ["queue", "urgency", "missing", "answer"], "additionalProperties": false}}}$t$,
 $t${"type": "object", "properties": {"product": {"type": "string", "minLength": 1, "title": "Product", "description": "What people ask for support with."}, "queues": {"type": "string", "minLength": 1, "title": "Queues", "description": "Name of each queue and what belongs there, one a line.", "maxLength": 4000, "default": "billing: invoices and payments\ntechnical: faults and errors\nother: everything else"}}, "required": ["product"], "additionalProperties": false}$t$);
