// The simulated service, as a program.

import { spawn } from "node:child_process";

/** Starts the service. Returns a promise of its account, and a function that stops it. */
export function simulator(program, ...options) {
  const service = spawn(program, ["--part-size", "5000000", ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const account = new Promise((found, failed) => {
    let text = "";
    service.on("error", failed);
    service.stdout.on("data", (data) => {
      text += data;
      const [, realm, keyId, key] = /realm +(\S+)\s+key id +(\S+)\s+key +(\S+)\n/.exec(text) ?? [];
      if (key !== undefined) {
        found({ realm, keyId, key });
      }
    });
  });
  return { account, stop: () => service.kill() };
}
