// A bare socket.io server: whoever is in a room hears what is said in it. The floor Centrala is compared with.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  socket.join(socket.handshake.auth.room);
  socket.on("message:send", (body, acknowledge) => {
    io.to(body.conversation_id).emit("message:posted", { conversation_id: body.conversation_id, rev: 1, message: body });
    acknowledge({ ok: true });
  });
});
http.listen(Number(process.argv[2]), "127.0.0.1");
