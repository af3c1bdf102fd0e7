import { describe, expect, it } from "vitest";
import { isOwnPath } from "./own-path";

describe("isOwnPath", () => {
  it.each(["/", "/api/v1/users/1/avatar?v=2", "/a//b"])("accepts the path %s", (address) => {
    expect(isOwnPath(address)).toBe(true);
  });
  it.each(["//elsewhere.example/x.png", "/\\\\elsewhere.example/x.png", "/\\t/elsewhere.example/x.png"])(
    "refuses %s, which leads to another host",
    (address) => {
      expect(isOwnPath(address.replace("\\t", "\t"))).toBe(false);
    },
  );
  it.each(["https://elsewhere.example/x.png", "data:image/png;base64,AA", "x.png", "", "///"])("refuses %s", (address) => {
    expect(isOwnPath(address)).toBe(false);
  });
});
