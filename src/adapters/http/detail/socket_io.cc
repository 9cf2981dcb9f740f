#include "adapters/http/detail/socket_io.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace chasqui::http {

namespace {

IoResult failure() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoResult::Kind::would_block, 0, 0};
  return {IoResult::Kind::failed, 0, errno};
}

}  // namespace

IoResult receive(int descriptor, char* into, std::size_t room) {
  ssize_t count = 0;
  do {
    count = ::recv(descriptor, into, room, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return failure();
  if (count == 0) return {IoResult::Kind::end, 0, 0};
  return {IoResult::Kind::done, static_cast<std::size_t>(count), 0};
}

IoResult send(int descriptor, std::string_view first, std::string_view second) {
  ssize_t count = 0;
  do {
    if (first.empty() || second.empty()) {
      const auto only = first.empty() ? second : first;
      count = ::send(descriptor, only.data(), only.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
      std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},  // NOLINT: sendmsg only reads
                                 iovec{const_cast<char*>(second.data()), second.size()}};
      msghdr message{};
      message.msg_iov = parts.data();
      message.msg_iovlen = parts.size();
      count = ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
  } while (count < 0 && errno == EINTR);
  if (count < 0) return failure();
  return {IoResult::Kind::done, static_cast<std::size_t>(count), 0};
}

std::string describe(int error) {
  switch (error) {
    case ECONNREFUSED: return "connection refused";
    case ECONNRESET: return "connection reset by the peer";
    case EPIPE: return "connection closed by the peer";
    case EHOSTUNREACH: return "no route to the host";
    case ENETUNREACH: return "network unreachable";
    case ETIMEDOUT: return "connection timed out";
    case EMFILE:
    case ENFILE: return "too many open files";
    case EADDRINUSE: return "address already in use";
    case EACCES: return "permission denied";
    default: return std::strerror(error);
  }
}

}  // namespace chasqui::http
