#pragma once

#include <filesystem>
#include <string>

namespace fbert {

// Turns what a user calls a model into a folder: an existing folder as it is, otherwise a Hugging Face model id
// ("org/name" or "name") looked up in the local hub cache. The cache is the first that is set of $HF_HUB_CACHE,
// $HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub and ~/.cache/huggingface/hub, as for
// huggingface_hub; in it, models--org--name/refs/<revision> names the snapshots/<commit>. `revision` is a branch, tag
// or commit; "" means "main". Never touches the network.
//
// Throws kData with one line that names every place looked in; kUsage for a revision of a folder.
std::filesystem::path resolve_model(const std::string& model, const std::string& revision = "");

}  // namespace fbert
