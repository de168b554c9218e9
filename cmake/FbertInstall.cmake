# What `cmake --install` puts into a prefix: the program, the libraries with their headers, the default model and the
# package that find_package(fbert) reads.
include(CMakePackageConfigHelpers)

# fbert::fbert links everything; the folders can be linked one by one as fbert::kernels, fbert::loader and so on.
add_library(fbert_everything INTERFACE)
add_library(fbert::fbert ALIAS fbert_everything)
target_link_libraries(fbert_everything INTERFACE fbert_pipelines)
set_target_properties(fbert_everything PROPERTIES EXPORT_NAME fbert)
set_target_properties(fbert_options PROPERTIES EXPORT_NAME options)

install(TARGETS fbert)
install(TARGETS fbert_everything fbert_pipelines fbert_quantizer fbert_engine fbert_tokenizer fbert_loader fbert_kernels
  fbert_options EXPORT fbert)

# The public headers; every other header is internal to its folder.
install(DIRECTORY include/fbert DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

install(DIRECTORY models/fbert-mini-sst2 DESTINATION ${CMAKE_INSTALL_DATADIR}/fbert/models)
install(DIRECTORY ${PROJECT_BINARY_DIR}/manual/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${PROJECT_BINARY_DIR}/manual/bash/fbert DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PROJECT_BINARY_DIR}/manual/zsh/_fbert DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${PROJECT_BINARY_DIR}/manual/fish/fbert.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/fbert)
install(EXPORT fbert NAMESPACE fbert:: FILE fbert-targets.cmake DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/fbert-config.cmake.in
  ${PROJECT_BINARY_DIR}/fbert-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fbert-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fbert-config.cmake ${PROJECT_BINARY_DIR}/fbert-config-version.cmake
  DESTINATION ${package_folder})
