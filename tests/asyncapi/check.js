// Prints the errors and warnings of the AsyncAPI document on standard input, as JSON.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const found = await new Parser().validate(readFileSync(0, "utf8"));
console.log(JSON.stringify(found.map(({ severity, path, message }) => ({ severity, path, message }))));
