#include "bench/poller.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace chasqui::bench {
namespace {

constexpr int kBacklog = 4096;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Length of the first whole message in `buffer`, 0 when there is none; `head` gets the length of its head.
std::size_t whole_message(std::string_view buffer, std::size_t& head) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  head = end + 4;
  std::size_t length = 0;
  constexpr std::string_view name = "\r\nContent-Length: ";
  const auto at = buffer.substr(0, head).find(name);
  const auto lower = at != std::string_view::npos ? at : buffer.substr(0, head).find("\r\ncontent-length: ");
  if (lower != std::string_view::npos) std::from_chars(buffer.data() + lower + name.size(), buffer.data() + head, length);
  return buffer.size() >= head + length ? head + length : 0;
}

}  // namespace

void die(const char* what) {
  std::perror(what);
  std::exit(2);
}

int listen_on_loopback(std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, kBacklog) != 0) die("listen");
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

int connect_to_loopback(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  no_delay(fd);
  return fd;
}

int accept_from(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 && (errno == EMFILE || errno == ENFILE)) die("accept");
  if (fd >= 0) no_delay(fd);
  return fd;
}

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) die("epoll_create1");
}

Poller::~Poller() { ::close(epoll_); }

void Poller::add(int fd, Client& client) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &client;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

void Poller::want_write(int fd, Client& client, bool yes) {
  epoll_event event{};
  event.events = yes ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &client;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void Poller::at(Clock::time_point when, std::function<void()> task) {
  timers_.push_back({when, ++timers_made_, std::move(task)});
  std::push_heap(timers_.begin(), timers_.end(), later);
}

void Poller::bury(std::unique_ptr<Client> client) { buried_.push_back(std::move(client)); }

void Poller::run_timers(Clock::time_point now) {
  while (!timers_.empty() && timers_.front().when <= now) {
    std::pop_heap(timers_.begin(), timers_.end(), later);
    const auto task = std::move(timers_.back().task);
    timers_.pop_back();
    worked();
    task();
  }
}

// What lies between two looks in vain was all spent on looking.
void Poller::in_vain() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  const double now = static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  if (vain_at_ >= 0) spun_ += now - vain_at_;
  vain_at_ = now;
}

void Poller::poll(Clock::time_point until, bool spin) {
  const auto before = Clock::now();
  run_timers(before);
  const auto wake = timers_.empty() ? until : std::min(until, timers_.front().when);
  // Rounded down: the last part of a millisecond is spun away, else everything with a delay would be late.
  const auto wait = spin || wake <= before ? 0ms : std::chrono::duration_cast<std::chrono::milliseconds>(wake - before);
  epoll_event events[256];
  const int n = epoll_wait(epoll_, events, 256, static_cast<int>(std::min<std::int64_t>(wait.count(), 1000)));
  if (n <= 0) return in_vain();
  worked();
  for (int i = 0; i < n; ++i) static_cast<Client*>(events[i].data.ptr)->ready();
  buried_.clear();
}

Stream::Stream(Poller& poller, int fd) : poller_(poller), fd_(fd) { poller_.add(fd, *this); }

Stream::~Stream() { close(); }

void Stream::close() {
  if (fd_ < 0) return;
  poller_.remove(fd_);
  ::close(fd_);
  fd_ = -1;
}

void Stream::fail() {
  if (!open()) return;
  close();
  ended();
}

void Stream::send(std::string_view bytes) {
  if (!open()) return;
  poller_.worked();
  if (!out_.empty()) {
    out_.append(bytes);
    return;
  }
  const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // A broken connection shows when it is read; until then its bytes are kept as if the socket were full.
  const std::size_t written = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (written == bytes.size()) return;
  out_.assign(bytes.substr(written));
  poller_.want_write(fd_, *this, true);
}

// False when the connection is broken.
bool Stream::flush() {
  while (!out_.empty()) {
    const ssize_t n = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    out_.erase(0, static_cast<std::size_t>(n));
  }
  poller_.want_write(fd_, *this, false);
  return true;
}

void Stream::ready() {
  if (!open()) return;
  if (!out_.empty() && !flush()) return fail();
  char chunk[65536];
  const ssize_t n = recv(fd_, chunk, sizeof chunk, 0);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return fail();
  if (n < 0) return;
  in_.append(chunk, static_cast<std::size_t>(n));
  std::size_t used = 0, head = 0;
  while (open()) {
    const std::size_t length = whole_message(std::string_view(in_).substr(used), head);
    if (length == 0) break;
    const std::string_view whole = std::string_view(in_).substr(used, length);
    used += length;
    message(whole.substr(0, head), whole.substr(head));
  }
  in_.erase(0, used);
}

}  // namespace chasqui::bench
