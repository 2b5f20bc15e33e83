import { B2 } from "b2-wasm";
import { B2 as Uploader } from "b2-wasm/upload";
import { asVisitor, reportFrom } from "./check.js";

reportFrom((config) => asVisitor({ B2, Uploader }, config));
