import { B2 } from "b2-wasm/inline";
import { B2 as Uploader } from "b2-wasm/upload/inline";
import { asVisitor, reportFrom } from "./check.js";

reportFrom((config) => asVisitor({ B2, Uploader }, config));
