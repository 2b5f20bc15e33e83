import { B2 } from "b2-wasm";
import { createGateway } from "b2-wasm/gateway";
import { asServer, print } from "./check.js";

print((config) => asServer({ B2, createGateway }, config));
