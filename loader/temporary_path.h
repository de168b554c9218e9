#pragma once

#include <filesystem>
#include <functional>

// What AtomicFile and OutputFolder share: they write beside the path that is to be replaced, under a name like
// ".model.4711-0.tmp", and hold a lock (flock) on what they write for as long as they live. The lock ends with the
// process.
namespace fbert {

std::filesystem::path parent_of(const std::filesystem::path& path);

// Another one with each call.
std::filesystem::path temporary_path(const std::filesystem::path& path);

// Calls `remove` with each temporary path of `path` that nobody has locked: a process that was killed left it behind.
// Whatever fails is left alone, since what is written next does not depend on it.
void remove_stale_temporaries(const std::filesystem::path& path,
                              const std::function<void(const std::filesystem::path&)>& remove);

// Whether a file or folder that was just opened as `fd` is locked by this call and still has a name: another writer may
// have taken it for a stale one between its creation and the lock.
bool lock_temporary(int fd);

// Puts the names in a folder on the disk. False with the reason in errno; true where the folder cannot be opened or its
// file system cannot do it.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace fbert
