// The protocol's own conformance suite against a server that wants a token.
// usage: CLOISTER_MCP_TOKEN=… node conformance.mjs HOME server --url URL …      HOME is the folder that ./test installed the clients in
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';

const [node, , home, ...given] = process.argv;
const program = `${home}/node_modules/@modelcontextprotocol/conformance/dist/index.js`;

// The suite knows no tokens: each of its requests is given ours on the way out, and stays what it is otherwise.
const { Agent, setGlobalDispatcher } = createRequire(program)('undici');
const authorization = `Bearer ${process.env.CLOISTER_MCP_TOKEN}`;

function withToken(headers) {
  if (!headers?.[Symbol.iterator]) return { ...headers, authorization };
  return Array.isArray(headers) ? [...headers, 'authorization', authorization] : [...headers].flat().concat('authorization', authorization);
}

setGlobalDispatcher(new Agent().compose((dispatch) => (options, handler) => dispatch({ ...options, headers: withToken(options.headers) }, handler)));

// It imports a function that Node has from version 22 on, for a command that nobody calls here.
register(`data:text/javascript,${encodeURIComponent(`
  export async function load(url, context, next) {
    const loaded = await next(url, context);
    return url.endsWith('/conformance/dist/index.js') ? { ...loaded, source: String(loaded.source).replace(/\\bglobSync as \\w+,/, '') } : loaded;
  }`)}`);

process.argv = [node, program, ...given];
await import(pathToFileURL(program));
