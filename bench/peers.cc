#include "bench/peers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string_view>
#include <unordered_map>

namespace chasqui::bench {
namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(2);
}

// HMAC with a context that stays keyed.
class Hmac {
 public:
  Hmac(const char* digest, std::string_view key) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_ = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    std::string name = digest;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name.data(), 0), OSSL_PARAM_construct_end()};
    EVP_MAC_init(context_, reinterpret_cast<const unsigned char*>(key.data()), key.size(), parameters);
  }
  ~Hmac() { EVP_MAC_CTX_free(context_); }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  std::string hex(std::string_view message) {
    unsigned char code[64];
    std::size_t length = 0;
    EVP_MAC_init(context_, nullptr, 0, nullptr);
    EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(message.data()), message.size());
    EVP_MAC_final(context_, code, &length, sizeof code);
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
      out.push_back("0123456789abcdef"[code[i] >> 4]);
      out.push_back("0123456789abcdef"[code[i] & 15]);
    }
    return out;
  }

 private:
  EVP_MAC_CTX* context_;
};

int listen_on_loopback(std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 1024) != 0) die("listen");
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("connect");
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

void no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Length of the first whole message in `buffer`, 0 when there is none; `head` gets the head's length.
std::size_t whole_message(std::string_view buffer, std::size_t& head) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  head = end + 4;
  std::size_t length = 0;
  constexpr std::string_view name = "\r\nContent-Length: ";
  if (const auto at = buffer.substr(0, head).find(name); at != std::string_view::npos)
    std::from_chars(buffer.data() + at + name.size(), buffer.data() + head, length);
  return buffer.size() >= head + length ? head + length : 0;
}

// About 1.2 KB, as a text message of a chatty customer with an ad's referral is.
std::string body_of(std::uint64_t number, int chat) {
  char text[2048];
  const int n = std::snprintf(
      text, sizeof text,
      R"({"object":"whatsapp_business_account","entry":[{"id":"200000000000001","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550109999","phone_number_id":"400000000000001"},"contacts":[{"profile":{"name":"Customer %d"},"wa_id":"1555%07d"}],"messages":[{"from":"1555%07d","id":"wamid.B%llu.","timestamp":"%lld","text":{"body":"Order %llu: could you please check whether it was shipped? \ud83d\udce6 The page says \"in preparation\" since Monday, and I would like to know if it will be here before the weekend. If it is easier, you can also call me after four in the afternoon; the number is this one. I am asking because the parcel is a present, and the birthday is on Sunday. If it cannot make it, please tell me today so that I can look for something else in town. Thank you very much for your help, and greetings to the colleague who helped me last time!"},"type":"text","referral":{"source_url":"https:\/\/example.com\/ad\/17","source_id":"120200000000000001","source_type":"ad","headline":"Free shipping until Sunday","body":"Order now","media_type":"image","image_url":"https:\/\/example.com\/ad\/17.jpg","ctwa_clid":"ARAbCdEf"}}]},"field":"messages"}]}]})",
      chat, chat, chat, static_cast<unsigned long long>(number), static_cast<long long>(1'790'000'000 + number / 1000), static_cast<unsigned long long>(number));
  return {text, static_cast<std::size_t>(n)};
}

}  // namespace

struct Peers::Impl {
  struct Connection {
    int fd = -1;
    bool source = false;
    int chat = 0;
    std::string in;
  };

  int poller = epoll_create1(EPOLL_CLOEXEC);
  int listener = -1;
  std::uint16_t port = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections;

  Plan plan;
  Outcome outcome;
  std::unique_ptr<Hmac> source_mac, hook_mac;
  std::vector<Connection*> idle;  // source connections without a request under way
  std::vector<Clock::time_point> intended;
  std::vector<std::uint8_t> state;  // per message: 1 = answered 200, 2 = arrived
  std::vector<std::uint64_t> newest_of_chat;
  std::uint64_t next = 0, under_way = 0, arrived_all = 0;
  Clock::time_point measure_from, measure_to;

  void add(std::unique_ptr<Connection> c) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = c.get();
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
    connections.emplace(c->fd, std::move(c));
  }
  void drop(Connection* c) {
    if (c->source) die("the gateway closed a source connection");
    close(c->fd);
    connections.erase(c->fd);
  }

  void post(Connection* c, Clock::time_point when) {
    const std::uint64_t number = next++;
    const std::string body = body_of(number, c->chat);
    std::string request = "POST /webhooks/cloud-api HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=" +
                          source_mac->hex(body) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (send(c->fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) die("send to the gateway");
    intended.push_back(when);
    state.push_back(0);
    ++under_way;
    current_of[c->fd] = number;
  }
  std::unordered_map<int, std::uint64_t> current_of;

  void answered(Connection* c, std::string_view head) {
    const std::uint64_t number = current_of[c->fd];
    if (head.substr(9, 3) == "200") {
      ++outcome.posted;
      state[number] |= 1;
    } else {
      ++outcome.refused;
      --under_way;
    }
    idle.push_back(c);
  }

  void webhook(std::string_view head, std::string_view body) {
    const auto now = Clock::now();
    const auto at = body.find("wamid.B");
    if (at == std::string_view::npos) return;
    std::uint64_t number = 0;
    std::from_chars(body.data() + at + 7, body.data() + body.size(), number);
    if (number >= state.size()) return;
    if ((number & 63) == 0) {
      constexpr std::string_view name = "X-Webhook-Hmac: ";
      const auto mac = head.find(name);
      if (mac == std::string_view::npos || head.substr(mac + name.size(), 128) != hook_mac->hex(body)) ++outcome.bad_signatures;
    }
    if ((state[number] & 2) != 0) {
      ++outcome.duplicates;
      return;
    }
    state[number] |= 2;
    ++arrived_all;
    --under_way;
    const auto phone = body.find("1555");
    int chat = 0;
    const auto from = body.find("\"from\":\"1555", phone);
    std::from_chars(body.data() + from + 12, body.data() + body.size(), chat);
    auto& newest = newest_of_chat[static_cast<std::size_t>(chat) % newest_of_chat.size()];
    if (number + 1 <= newest) ++outcome.disordered;
    newest = std::max(newest, number + 1);
    if (now < measure_from || now >= measure_to) return;
    ++outcome.arrived;
    outcome.latency_ms.push_back(std::chrono::duration<double, std::milli>(now - intended[number]).count());
  }

  void readable(Connection* c) {
    char chunk[65536];
    const ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return drop(c);
    if (n < 0) return;
    c->in.append(chunk, static_cast<std::size_t>(n));
    std::size_t used = 0, head = 0;
    while (const std::size_t length = whole_message(std::string_view(c->in).substr(used), head)) {
      const std::string_view message = std::string_view(c->in).substr(used, length);
      if (c->source) {
        answered(c, message.substr(0, head));
      } else {
        webhook(message.substr(0, head), message.substr(head));
        constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        if (send(c->fd, ok.data(), ok.size(), MSG_NOSIGNAL) < 0) return drop(c);
      }
      used += length;
    }
    c->in.erase(0, used);
  }

  void poll_once(int timeout_ms) {
    epoll_event events[256];
    const int n = epoll_wait(poller, events, 256, timeout_ms);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.ptr != nullptr) {
        readable(static_cast<Connection*>(events[i].data.ptr));
        continue;
      }
      while (true) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) break;
        no_delay(fd);
        auto c = std::make_unique<Connection>();
        c->fd = fd;
        add(std::move(c));
      }
    }
  }
};

Peers::Peers() : impl_(std::make_unique<Impl>()) {
  impl_->listener = listen_on_loopback(impl_->port);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(impl_->poller, EPOLL_CTL_ADD, impl_->listener, &event);
}

Peers::~Peers() {
  for (auto& [fd, connection] : impl_->connections) close(fd);
  close(impl_->listener);
  close(impl_->poller);
}

std::uint16_t Peers::receiver_port() const { return impl_->port; }

Outcome Peers::run(const Plan& plan, void (*at_start)(void*), void (*at_end)(void*), void* context) {
  Impl& p = *impl_;
  p.plan = plan;
  p.source_mac = std::make_unique<Hmac>("SHA256", plan.app_secret);
  p.hook_mac = std::make_unique<Hmac>("SHA512", plan.hook_key);
  p.newest_of_chat.assign(static_cast<std::size_t>(plan.connections), 0);
  for (int i = 0; i < plan.connections; ++i) {
    auto c = std::make_unique<Impl::Connection>();
    c->fd = connect_to(plan.source_port);
    no_delay(c->fd);
    c->source = true;
    c->chat = i;
    p.idle.push_back(c.get());
    p.add(std::move(c));
  }
  const auto begin = Clock::now();
  p.measure_from = begin + plan.warm_up;
  p.measure_to = p.measure_from + plan.measure;
  bool started = false;
  std::uint64_t scheduled = 0;  // open loop: posts that should have been made by now
  while (Clock::now() < p.measure_to) {
    const auto now = Clock::now();
    if (!started && now >= p.measure_from) {
      started = true;
      at_start(context);
    }
    if (plan.rate > 0) {
      scheduled = static_cast<std::uint64_t>(std::chrono::duration<double>(now - begin).count() * plan.rate);
      while (p.next < scheduled && !p.idle.empty()) {
        const auto when = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(static_cast<double>(p.next) / plan.rate));
        // First in, first out: a connection is a chat, and chats take turns.
        auto* c = p.idle.front();
        p.idle.erase(p.idle.begin());
        p.post(c, when);
      }
      p.poll_once(0);
    } else {
      while (!p.idle.empty() && p.under_way < static_cast<std::uint64_t>(plan.outstanding_max)) {
        auto* c = p.idle.back();
        p.idle.pop_back();
        p.post(c, Clock::now());
      }
      p.poll_once(1);
    }
  }
  at_end(context);
  const auto patience = Clock::now() + std::chrono::seconds(10);
  const auto missing = [&] { return static_cast<std::uint64_t>(std::count(p.state.begin(), p.state.end(), 1)); };
  while (Clock::now() < patience && (p.idle.size() < static_cast<std::size_t>(plan.connections) || p.under_way > 0)) p.poll_once(5);
  p.outcome.lost = missing();
  p.outcome.seconds = std::chrono::duration<double>(plan.measure).count();
  return std::move(p.outcome);
}

}  // namespace chasqui::bench
