#include "app/demo.h"

#include <array>

#include "core/ids.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

struct Person {
  std::string_view name, phone;
};
constexpr std::array<Person, 4> kPeople{
    {{"Ada", "15550101010"}, {"Quispe", "51955501022"}, {"Bruno", "5511955501033"}, {"Mei", "886955501044"}}};
constexpr std::array<std::string_view, 8> kTexts{
    "Hi! Are you open today?", "Olá 👋 tudo bem?",     "Where is my order 1042?", "Gracias, llegó bien",
    "Can I pay on delivery?",  "See you at \"five\"", "Perfect, thank you",      "Any news?"};

std::string wamid(std::uint64_t seed, std::string_view kind, std::uint64_t number) {
  return "wamid.DEMO" + std::to_string(stable_hash("demo", seed) % 100'000'000) + std::string(kind) + std::to_string(number);
}

class Body {
 public:
  Body(const DemoSettings& settings, const Person& person, std::string& out) : w_(out) {
    w_.begin_object().key("object").string("whatsapp_business_account").key("entry").begin_array().begin_object();
    w_.key("id").string("200000000000001").key("changes").begin_array().begin_object().key("value").begin_object();
    w_.key("messaging_product").string("whatsapp").key("metadata").begin_object();
    w_.key("display_phone_number")
        .string(settings.display_phone)
        .key("phone_number_id")
        .string(settings.phone_number_id)
        .end_object();
    w_.key("contacts").begin_array().begin_object().key("profile").begin_object().key("name").string(person.name).end_object();
    w_.key("wa_id").string(person.phone).end_object().end_array();
  }
  // Opens the one item of `list`, with what every item has.
  json::Writer& item(std::string_view list, const std::string& id, std::int64_t now_s) {
    w_.key(list).begin_array().begin_object().key("id").string(id).key("timestamp").string(std::to_string(now_s));
    return w_;
  }
  void close() {
    w_.end_object()
        .end_array()
        .end_object()
        .key("field")
        .string("messages")
        .end_object()
        .end_array()
        .end_object()
        .end_array()
        .end_object();
  }

 private:
  json::Writer w_;
};

}  // namespace

std::string demo_body(const DemoSettings& settings, std::uint64_t number, std::int64_t now_s) {
  const std::uint64_t dice = stable_hash(std::to_string(number), settings.seed);
  const Person& person = kPeople[dice % kPeople.size()];
  std::string out;
  Body body(settings, person, out);
  switch (number % 6) {
    case 2:
      body.item("messages", wamid(settings.seed, "IN", number), now_s)
          .key("from")
          .string(person.phone)
          .key("type")
          .string("image")
          .key("image")
          .begin_object()
          .key("caption")
          .string("look")
          .key("mime_type")
          .string("image/jpeg")
          .key("sha256")
          .string("q2c=")
          .key("id")
          .string("500000000000001")
          .end_object();
      break;
    case 3:
      body.item("statuses", wamid(settings.seed, "OUT", number - 3), now_s)
          .key("status")
          .string("delivered")
          .key("recipient_id")
          .string(person.phone);
      break;
    case 4:
      body.item("statuses", wamid(settings.seed, "OUT", number - 4), now_s)
          .key("status")
          .string("read")
          .key("recipient_id")
          .string(person.phone);
      break;
    case 5:
      body.item("messages", wamid(settings.seed, "IN", number), now_s)
          .key("from")
          .string(person.phone)
          .key("type")
          .string("reaction")
          .key("reaction")
          .begin_object()
          .key("message_id")
          .string(wamid(settings.seed, "OUT", number - 5))
          .key("emoji")
          .string("🙏")
          .end_object();
      break;
    default:
      body.item("messages", wamid(settings.seed, "IN", number), now_s)
          .key("from")
          .string(person.phone)
          .key("type")
          .string("text")
          .key("text")
          .begin_object()
          .key("body")
          .string(kTexts[(dice >> 8) % kTexts.size()])
          .end_object();
  }
  body.close();
  return out;
}

Demo::Demo(DemoSettings settings, ports::HttpClient& http, ports::Timers& timers, ports::Clock& clock, ports::Crypto& crypto,
           ports::Log& log)
    : settings_(std::move(settings)),
      http_(http),
      timers_(timers),
      clock_(clock),
      log_(log),
      mac_(crypto.mac(ports::MacKind::hmac_sha256, settings_.app_secret)) {}

void Demo::start() {
  running_ = true;
  // A run goes on where the clock is, so that a restart does not repeat the ids of the run before.
  number_ = static_cast<std::uint64_t>(to_ms(clock_.now()) / 1000) * 6;
  post();
}

void Demo::stop() {
  running_ = false;
  timers_.cancel(std::exchange(timer_, ports::TimerId::none));
}

void Demo::post() {
  if (!running_) return;
  ports::OutgoingRequest request;
  request.origin = settings_.origin;
  request.body = demo_body(settings_, number_++, to_ms(clock_.now()) / 1000);
  request.head =
      "POST " + settings_.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=";
  mac_->append_hex(request.head, request.body);
  request.head += "\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n\r\n";
  request.deadline = clock_.steady_now() + Millis{10'000};
  http_.send(std::move(request), [this](const ports::Answer& answer) {
    if (answer.status != 200 && running_ && !std::exchange(complained_, true))
      log_.warning("the simulated source was refused",
                   {{"status", std::to_string(answer.status)}, {"reason", answer.detail + answer.body}});
  });
  timer_ = timers_.at(clock_.steady_now() + settings_.interval, [this] { post(); });
}

}  // namespace chasqui
