// The source and the receiver against a gateway of a few lines, which can be told to cheat.
#include "bench/peers.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

namespace chasqui::bench {
namespace {

// Acknowledges each message, and hands its body on to the receiver, as it is and signed.
class SmallGateway : public Poller::Client {
 public:
  explicit SmallGateway(Peers& peers) : peers_(peers), listener_(listen_on_loopback(port_)) {
    peers_.poller().add(listener_, *this);
  }
  ~SmallGateway() override {
    peers_.poller().remove(listener_);
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

  std::uint64_t drop = ~0ull;  // the number of a message that is acknowledged and not delivered
  std::uint64_t swap = ~0ull;  // the number of a message that the next one overtakes
  bool sign = true;
  int hang_ups = 0;  // so many connections are closed on their first message, unanswered
  int refusals = 0;  // so many messages are answered 503 first

 private:
  class In : public Stream {
   public:
    In(SmallGateway& gateway, int fd) : Stream(gateway.peers_.poller(), fd), gateway_(gateway) {}
    void message(std::string_view, std::string_view body) override {
      if (gateway_.hang_ups > 0) {
        --gateway_.hang_ups;
        return close();
      }
      const bool refused = gateway_.refusals > 0;
      if (refused) --gateway_.refusals;
      if (!refused) gateway_.take(std::string(body));
      send(refused ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    void ended() override {}
    SmallGateway& gateway_;
  };
  class Out : public Stream {
   public:
    using Stream::Stream;
    void message(std::string_view, std::string_view) override {}
    void ended() override {}
  };

  void ready() override {
    for (int fd = accept_from(listener_); fd >= 0; fd = accept_from(listener_))
      streams_.push_back(std::make_unique<In>(*this, fd));
  }

  void take(std::string body) {
    const auto number = Messages::number_in(body);
    if (number == drop) return;
    if (number == swap) {
      held_ = std::move(body);
      return;
    }
    deliver(body);
    if (!held_.empty()) deliver(std::exchange(held_, {}));
  }

  void deliver(const std::string& body) {
    const std::string url = peers_.receiver().url(0);
    if (!out_)
      out_ = std::make_unique<Out>(peers_.poller(),
                                   connect_to_loopback(static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)))));
    out_->send("POST /hook/0 HTTP/1.1\r\nX-Webhook-Hmac: " + (sign ? mac_.hex(body) : std::string(128, '0')) +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  Peers& peers_;
  std::uint16_t port_ = 0;
  int listener_;
  Hmac mac_{"SHA512", PeersSettings{}.hook_key};
  std::vector<std::unique_ptr<Stream>> streams_;
  std::unique_ptr<Out> out_;
  std::string held_;
};

class PeersTest : public testing::Test {
 protected:
  PeersTest() { peers.receiver().check_every(1); }

  // Ten messages, one after another over one connection.
  void run(double rate = 0) {
    peers.source().connect(gateway.port());
    Load load;
    load.rate = rate;
    load.chats = 1;
    load.messages_max = 10;
    peers.drive(load, 30s);
    peers.settle(gateway.drop == ~0ull ? 30s : 200ms);
  }

  static PeersSettings one_connection() {
    PeersSettings settings;
    settings.connections = 1;
    return settings;
  }
  Peers peers{one_connection()};
  SmallGateway gateway{peers};
};

TEST_F(PeersTest, AnHonestGatewayIsFoundSound) {
  run();
  EXPECT_EQ(peers.ledger().acknowledged(), 10u);
  EXPECT_EQ(peers.ledger().arrived(), 10u);
  EXPECT_EQ(peers.ledger().lost(), 0u);
  EXPECT_EQ(peers.ledger().inversions(), 0u);
  EXPECT_EQ(peers.receiver().bad_signatures(), 0u);
}

TEST_F(PeersTest, AMessageThatIsAcknowledgedAndNotDeliveredIsSeen) {
  gateway.drop = 4;
  run();
  EXPECT_EQ(peers.ledger().lost(), 1u);
}

TEST_F(PeersTest, AMessageThatOvertakesIsSeen) {
  gateway.swap = 4;
  run();
  EXPECT_EQ(peers.ledger().lost(), 0u);
  EXPECT_EQ(peers.ledger().inversions(), 1u);
}

TEST_F(PeersTest, AWrongSignatureIsSeen) {
  gateway.sign = false;
  run();
  EXPECT_EQ(peers.receiver().bad_signatures(), 10u);
}

TEST_F(PeersTest, APatientSourcePostsARefusedMessageAgain) {
  gateway.refusals = 3;
  peers.source().patient(true);
  run();
  EXPECT_EQ(peers.ledger().refused(), 0u);
  EXPECT_EQ(peers.ledger().acknowledged(), 10u);
  EXPECT_EQ(peers.ledger().arrived(), 10u);
}

TEST_F(PeersTest, APatientSourceConnectsAgainAndPostsWhatWasNotAnswered) {
  gateway.hang_ups = 2;
  peers.source().patient(true);
  run();
  EXPECT_EQ(peers.ledger().acknowledged(), 10u);
  EXPECT_EQ(peers.ledger().lost(), 0u);
}

TEST_F(PeersTest, AnOpenLoopPostsAllThatWasDueAndMeasuresFromWhenItWasDue) {
  peers.ledger().measure(Clock::now(), Clock::now() + 1h);
  run(1000);
  ASSERT_EQ(peers.ledger().samples().size(), 10u);
  for (const Sample& sample : peers.ledger().samples()) EXPECT_GT(sample.latency_ms, 0);
}

TEST_F(PeersTest, ASilentReceiverKeepsRequestsAndCuttingItEndsThem) {
  peers.receiver().answer(0, {.silent = true});
  peers.source().connect(gateway.port());
  Load load;
  load.messages_max = 1;
  peers.drive(load, 30s);
  EXPECT_TRUE(peers.wait_until([&] { return peers.receiver().peak(0) == 1; }, 30s));
  EXPECT_EQ(peers.ledger().arrived(), 0u) << "what is not answered was not taken";
  peers.receiver().cut(0);
  peers.receiver().reset_peaks();
  EXPECT_EQ(peers.receiver().peak(0), 0);
}

class Collecting : public Stream {
 public:
  using Stream::Stream;
  std::vector<std::string> bodies;

 private:
  void message(std::string_view, std::string_view body) override { bodies.emplace_back(body); }
  void ended() override {}
};

TEST(Stream, WritesInPartsWhatASocketDoesNotTakeAtOnce) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  Poller poller;
  Collecting from(poller, ends[0]), to(poller, ends[1]);
  const std::string body(8u << 20, 'x');
  const std::string head = "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  for (int i = 0; i < 2; ++i) from.send(head + body);
  for (const auto end = Clock::now() + 30s; to.bodies.size() < 2 && Clock::now() < end;) poller.poll(end, false);
  ASSERT_EQ(to.bodies.size(), 2u);
  EXPECT_TRUE(to.bodies[0] == body && to.bodies[1] == body);
}

TEST(Messages, AreRequestsOfAboutTheSizeThatTheyClaimAndRightlySigned) {
  Messages messages("/in", "secret");
  const std::string request(messages.request(42, 7, 1234567));
  const auto end = request.find("\r\n\r\n") + 4;
  const std::string head = request.substr(0, end), body = request.substr(end);
  EXPECT_NEAR(static_cast<double>(body.size()), 1200, 100);
  EXPECT_NE(head.find("Content-Length: " + std::to_string(body.size()) + "\r\n"), std::string::npos);
  EXPECT_NE(head.find("sha256=" + Hmac("SHA256", "secret").hex(body)), std::string::npos);
  EXPECT_NE(body.find(R"("from":"15551234567")"), std::string::npos);
  EXPECT_NE(body.find(Messages::phone_number_id(7)), std::string::npos);
  EXPECT_EQ(body.find_first_of("#%^"), std::string::npos);
  EXPECT_EQ(Messages::number_in(body), 42u);
}

}  // namespace
}  // namespace chasqui::bench
