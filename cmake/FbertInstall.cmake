# Install rules are completed together with the package configuration.
