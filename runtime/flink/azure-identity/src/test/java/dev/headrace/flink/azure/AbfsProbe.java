package dev.headrace.flink.azure;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.DefaultPluginManager;
import org.apache.flink.core.plugin.DirectoryBasedPluginFinder;

/**
 * A process like Flink's own: plugins from a folder, options from a configuration, identity from
 * the environment. Arguments: the plugins folder, the path to look at, then key=value options.
 * Prints the length of the file there.
 */
final class AbfsProbe {
  private AbfsProbe() {}

  public static void main(String[] arguments) throws Exception {
    Configuration config = new Configuration();
    for (int i = 2; i < arguments.length; i++) {
      String[] option = arguments[i].split("=", 2);
      config.setString(option[0], option[1]);
    }
    String[] parentFirst = CoreOptions.getPluginParentFirstLoaderPatterns(config);
    FileSystem.initialize(
        config,
        new DefaultPluginManager(
            new DirectoryBasedPluginFinder(Path.of(arguments[0])).findPlugins(), parentFirst));
    URI uri = URI.create(arguments[1]);
    FileStatus status = FileSystem.get(uri).getFileStatus(new org.apache.flink.core.fs.Path(uri));
    System.out.println(Map.of("length", status.getLen()));
  }
}
