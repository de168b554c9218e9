# What `cmake --install` puts into a prefix: the program, the libraries with their headers, the default model and the
# package that find_package(fbert) reads.
include(CMakePackageConfigHelpers)

# fbert::fbert links everything; the folders can be linked one by one as fbert::kernels, fbert::loader and so on.
add_library(fbert_everything INTERFACE)
add_library(fbert::fbert ALIAS fbert_everything)
target_link_libraries(fbert_everything INTERFACE fbert_classifier)
set_target_properties(fbert_everything PROPERTIES EXPORT_NAME fbert)
set_target_properties(fbert_options PROPERTIES EXPORT_NAME options)

install(TARGETS fbert)
install(TARGETS fbert_everything fbert_classifier fbert_engine fbert_tokenizer fbert_loader fbert_kernels fbert_options
  EXPORT fbert)

# The public headers; every other header is internal to its folder.
install(FILES cli/classifier.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fbert/cli)
install(FILES engine/batch.h engine/config.h engine/model.h engine/observer.h engine/precision.h engine/quantize.h
  engine/threads.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fbert/engine)
install(FILES tokenizer/encoding.h tokenizer/tokenizer.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fbert/tokenizer)
install(FILES loader/atomic_file.h loader/error.h loader/json.h loader/model_folder.h loader/safetensors.h
  loader/safetensors_writer.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fbert/loader)
install(FILES kernels/cpu.h kernels/kernels.h kernels/table.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fbert/kernels)

install(DIRECTORY models/fbert-mini-sst2 DESTINATION ${CMAKE_INSTALL_DATADIR}/fbert/models)
install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/fbert)
install(EXPORT fbert NAMESPACE fbert:: FILE fbert-targets.cmake DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/fbert-config.cmake.in
  ${PROJECT_BINARY_DIR}/fbert-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fbert-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/fbert-config.cmake ${PROJECT_BINARY_DIR}/fbert-config-version.cmake
  DESTINATION ${package_folder})
