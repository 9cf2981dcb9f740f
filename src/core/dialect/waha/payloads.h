// The payloads of WAHA's events, in the flavour of its NOWEB engine: `from` is the chat, also of own messages.
#pragma once

#include "core/dialect/waha/names.h"
#include "core/json/writer.h"

namespace chasqui::waha {

/// What payloads need besides the event. `scratch` is reused for ids, so that a message needs no allocation of its own.
struct PayloadContext {
  const Event& event;
  const SessionContext& session;
  bool legacy = false;
  std::string& scratch;
};

/// Writes the payload object of `name` for the event; the event must be one that has this name.
void write_payload(json::Writer& w, Name name, const PayloadContext& context);

/// Number and word of an ack, as WAHA writes them: -1 ERROR … 4 PLAYED. An unknown level is 2 DEVICE, as NOWEB does.
int ack_number(AckLevel level);
std::string_view ack_name(int ack);
/// WAHA's word for a session state.
std::string_view session_word(SessionState state);

/// vCard 3.0 texts for contacts in the form in which Meta shares them; see vcard.cc.
std::vector<std::string> vcards(const json::Text& contacts);

}  // namespace chasqui::waha
