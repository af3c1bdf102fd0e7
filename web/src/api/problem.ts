/** A refusal as the API tells it: a problem document (RFC 9457) with a stable code, a remedy, and the fields at fault. */

export interface FieldProblem {
  field: string;
  message: string;
  remedy?: string | null;
}

export interface ProblemDocument {
  type?: string;
  title: string;
  status: number;
  code: string;
  detail?: string | null;
  remedy?: string | null;
  errors?: FieldProblem[] | null;
  request_id?: string | null;
}

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly remedy: string | null;
  readonly fields: readonly FieldProblem[];
  readonly requestId: string | null;
  /** Seconds that the server asks to wait. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: ProblemDocument, retryAfterSeconds: number | null = null) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.remedy = problem.remedy ?? null;
    this.fields = problem.errors ?? [];
    this.requestId = problem.request_id ?? null;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The sentence for one field of a form, by its name in the body: "name", "config.limits.max_steps". */
  fieldMessage(name: string): string | undefined {
    const problem = this.fields.find((each) => each.field === name || each.field === `body.${name}`);
    if (!problem) return undefined;
    const sentence = problem.message.charAt(0).toUpperCase() + problem.message.slice(1);
    return problem.remedy ? `${sentence.replace(/\.$/, "")}. ${problem.remedy}` : sentence;
  }
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof ApiError;
}

/** The network gave nothing back: no status, no body. */
export function offlineError(): ApiError {
  return new ApiError({
    title: "The server cannot be reached.",
    status: 0,
    code: "unreachable",
    remedy: "Check that Retinue is running and that you are connected, then try again.",
  });
}

function isProblem(body: unknown): body is ProblemDocument {
  return typeof body === "object" && body !== null && "title" in body && "status" in body && "code" in body;
}

export function errorOf(body: unknown, response: Response): ApiError {
  const header = response.headers.get("Retry-After");
  const retryAfterSeconds = header !== null && /^\d+$/.test(header) ? Number(header) : null;
  if (isProblem(body)) return new ApiError(body, retryAfterSeconds);
  return new ApiError(
    {
      title: `The server answered ${response.status} without a reason.`,
      status: response.status,
      code: "unexpected_reply",
      request_id: response.headers.get("X-Request-Id"),
    },
    retryAfterSeconds,
  );
}
