/**
 * Node's HTTP keeps request, answer and parser for as long as an answer lasts: 20 KiB where that is a day of silence. For
 * event streams it is made to hand the connection over, as it does for a WebSocket. Where it does not (HTTP that is
 * pipelined, a Node that has changed) they are ordinary answers, and only larger.
 */
import { IncomingMessage, ServerResponse, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";

const STREAM = /^\/v1\/(?:events|generations\/[^/?]+\/events)(?:\?|$)/;
const CHUNKS_END = "0\r\n\r\n";

/** What a stream is written to. */
export interface Line {
  readonly to: Writable;
  /** Whether we divide the body into chunks ourselves. */
  readonly chunked: boolean;
}

/** Node asks each request whether it leaves HTTP, and only believes what its parser says: here the request answers itself. */
export class OwnRequest extends IncomingMessage {
  get upgrade(): boolean {
    return this.method === "CONNECT" || wantsConnection(this);
  }

  set upgrade(_parsed: boolean | null) {
    // A wish to speak another protocol is no reason not to answer.
  }
}

function wantsConnection({ method, url, headers, socket }: IncomingMessage): boolean {
  if (method !== "GET" || !STREAM.test(url ?? "") || headers.expect !== undefined) return false;
  // The answer to an earlier request is still under way on this connection.
  return !(socket as { _httpMessage?: unknown })._httpMessage;
}

const taken = new WeakSet<ServerResponse>();

/** Answers what was handed over by `handler` as well, and lets `closeAllConnections` know of it. */
export function takeOver(server: Server, handler: RequestListener): void {
  const sockets = new Set<Socket>();
  function forget(this: Socket): void {
    sockets.delete(this);
  }
  const closeOthers = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeOthers();
    for (const socket of sockets) socket.destroy();
  };
  server.on("upgrade", (request: IncomingMessage, duplex) => {
    const socket = duplex as Socket;
    sockets.add(socket);
    socket.on("error", ignore).once("close", forget).once("end", hangUp).resume();
    const response = new ServerResponse(request);
    taken.add(response);
    // No other request can follow on this connection.
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => socket.destroySoon());
    handler(request, response);
  });
}

const ignore = (): void => undefined;

// Whoever says no more is gone, as for any other request.
function hangUp(this: Socket): void {
  this.destroy();
}

/** The connection where it was handed over, else the answer: what closes when the client goes. */
export const connectionOf = (response: ServerResponse): Writable => (taken.has(response) && response.socket ? response.socket : response);

/** The head has been written. Where we have the connection, nothing but it is kept. */
export function lineOf(response: ServerResponse): Line {
  const { socket, chunkedEncoding: chunked } = response;
  if (!socket || !taken.has(response)) return { to: response, chunked: false };
  response.detachSocket(socket);
  // For whoever waits for the end of the exchange: for them it is here.
  response.emit("close");
  return { to: socket, chunked };
}

export function write({ to, chunked }: Line, text: string): void {
  if (text !== "") to.write(chunked ? chunk(text) : text);
}

/** The last words. */
export function end({ to, chunked }: Line, text: string): void {
  to.end(chunked ? (text && chunk(text)) + CHUNKS_END : text, () => to instanceof ServerResponse || to.destroy());
}

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
