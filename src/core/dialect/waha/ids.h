// WAHA's forms of chat and message ids (WAHA documentation and source, 2026.2 - 2026.8).
#pragma once

#include <string>
#include <string_view>

#include "core/event/common.h"

namespace chasqui::waha {

/// "toCusFormat": what WAHA does to every id before it shows it.
///   empty, `…@g.us`, `…@broadcast`, `…@newsletter`, `me`   unchanged
///   `…@lid`                                               without the device part
///   anything else                                          the part before `@` up to `:`, with `@c.us`
std::string cus_format(std::string_view id);

/// Appends the chat id of a party: by phone number where it is known, else by LID, else by the source's own address, else by Meta's
/// business-scoped user id. That last has no form in WAHA; it is shown as `<user_id>@lid`, because receivers know that what
/// stands before `@lid` is no phone number. Nothing is appended for a party without any name.
void append_chat_id(std::string& out, const Party& party);

/// Appends `{fromMe}_{chatId}_{id}[_{participant}]`; the participant in groups and stories only.
void append_message_id(std::string& out, const MessageRef& ref);

}  // namespace chasqui::waha
