#include "bench/receiver.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace chasqui::bench {
namespace {

constexpr std::string_view kPath = "/hook/";

std::string_view answer_text(int status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    default:
      return "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
  }
}

}  // namespace

class Receiver::Listener : public Poller::Client {
 public:
  Listener(Receiver& receiver, std::uint16_t& port) : receiver_(receiver), fd_(listen_on_loopback(port)) {
    receiver_.poller_.add(fd_, *this);
  }
  ~Listener() override {
    receiver_.poller_.remove(fd_);
    ::close(fd_);
  }
  int fd() const { return fd_; }
  void ready() override { receiver_.accept(); }

 private:
  Receiver& receiver_;
  int fd_;
};

class Receiver::Connection : public Stream {
 public:
  Connection(Receiver& receiver, std::uint64_t id_, int fd) : Stream(receiver.poller_, fd), id(id_), receiver_(receiver) {}
  const std::uint64_t id;
  int waiting_for = -1;  // the endpoint whose request is not answered yet

 private:
  void message(std::string_view head, std::string_view body) override { receiver_.take(*this, head, body); }
  void ended() override { receiver_.closed(*this); }
  Receiver& receiver_;
};

Receiver::Receiver(Poller& poller, Ledger& ledger, const std::string& hook_key, int endpoints)
    : poller_(poller), ledger_(ledger), mac_("SHA512", hook_key), states_(static_cast<std::size_t>(endpoints)) {
  listener_ = std::make_unique<Listener>(*this, port_);
}

Receiver::~Receiver() = default;

std::string Receiver::url(int endpoint) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(kPath) + std::to_string(endpoint);
}

void Receiver::answer(int endpoint, Answering how) { states_[static_cast<std::size_t>(endpoint)].how = how; }

void Receiver::answer_all(const Answering& how) {
  for (auto& state : states_) state.how = how;
}

void Receiver::cut(int endpoint) {
  std::vector<Connection*> waiting;
  for (const auto& [id, connection] : connections_)
    if (connection->waiting_for == endpoint) waiting.push_back(connection.get());
  for (Connection* connection : waiting) {
    connection->close();
    closed(*connection);
  }
}

int Receiver::peak_of_all() const {
  return std::max_element(states_.begin(), states_.end(), [](const State& a, const State& b) { return a.peak < b.peak; })->peak;
}

void Receiver::reset_peaks() {
  for (auto& state : states_) state.peak = state.waiting;
}

void Receiver::accept() {
  for (int fd = accept_from(listener_->fd()); fd >= 0; fd = accept_from(listener_->fd())) {
    const std::uint64_t id = next_id_++;
    connections_.emplace(id, std::make_unique<Connection>(*this, id, fd));
  }
}

void Receiver::take(Connection& connection, std::string_view head, std::string_view body) {
  const auto now = Clock::now();
  std::size_t endpoint = 0;
  const auto path = head.find(kPath);
  if (path == std::string_view::npos) return;
  std::from_chars(head.data() + path + kPath.size(), head.data() + head.size(), endpoint);
  const auto number = Messages::number_in(body);
  if (endpoint >= states_.size() || !number) return;
  State& state = states_[endpoint];
  const Answering& how = state.how;
  ++state.requests;
  state.peak = std::max(state.peak, ++state.waiting);
  connection.waiting_for = static_cast<int>(endpoint);
  if (how.silent) return;

  int status = how.status;
  if (how.fail_share > 0 && std::uniform_real_distribution<>()(dice_) < how.fail_share) status = 500;
  if (status == 200) {
    if (*number % check_every_ == 0 && !signature_fits(head, body)) ++bad_signatures_;
    ledger_.arrived(*number, static_cast<int>(endpoint), now);
  }
  if (how.delay_max == Clock::duration{}) return respond(connection.id, static_cast<int>(endpoint), status);
  const auto spread = std::uniform_int_distribution<Clock::rep>(how.delay_min.count(), how.delay_max.count())(dice_);
  poller_.at(now + Clock::duration(spread),
             [this, id = connection.id, place = static_cast<int>(endpoint), status] { respond(id, place, status); });
}

void Receiver::respond(std::uint64_t id, int endpoint, int status) {
  const auto it = connections_.find(id);
  if (it == connections_.end()) return;  // the gateway gave up meanwhile
  it->second->waiting_for = -1;
  --states_[static_cast<std::size_t>(endpoint)].waiting;
  it->second->send(answer_text(status));
}

void Receiver::closed(Connection& connection) {
  if (connection.waiting_for >= 0) --states_[static_cast<std::size_t>(connection.waiting_for)].waiting;
  const auto it = connections_.find(connection.id);
  poller_.bury(std::move(it->second));
  connections_.erase(it);
}

bool Receiver::signature_fits(std::string_view head, std::string_view body) {
  constexpr std::string_view name = "\r\nX-Webhook-Hmac: ";
  const auto at = head.find(name);
  return at != std::string_view::npos && head.substr(at + name.size(), 128) == mac_.hex(body);
}

}  // namespace chasqui::bench
