// Requests that a client sends on one connection without waiting for the answers (pipelining) are taken up one by one: Node
// tells only the response whose turn it is that the connection has closed, so others would keep what they had taken for ever.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log/log.js';

/** Who sends more than this ahead is cut off, so that what waits stays small. */
const mostWaiting = 32;

/** Of each connection the response whose turn it is, or was last. */
const current = new WeakMap<Socket, ServerResponse>();

/** True in the middle of an answer on this connection. */
export function isAnswering(socket: Socket): boolean {
  const response = current.get(socket);
  return response?.headersSent === true && !response.writableFinished;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, proceed: () => void) => void;

/**
 * Makes the hook that has to come first: it lets a request go on once its response has the connection, which is when all earlier ones
 * have been answered. One whose connection closes before that goes no further.
 */
export function takeTurns(log: Log): Hook {
  const waiting = new WeakMap<Socket, number>();
  return ({ raw: { socket }, ip }, { raw: response }, proceed) => {
    if (response.socket !== null) {
      current.set(socket, response);
      proceed();
      return;
    }
    if (socket.destroyed) return;
    const count = waiting.get(socket) ?? 0;
    if (count >= mostWaiting) {
      log.warning(`from ${ip}: cut off, more than ${mostWaiting} requests are waiting on its connection`, {
        reason: 'invalid-request',
      });
      socket.destroy();
      return;
    }
    waiting.set(socket, count + 1);
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      // Those who wait for the end of the response before this one are told first.
      process.nextTick(() => {
        if (response.destroyed) return;
        current.set(socket, response);
        proceed();
      });
    });
  };
}
