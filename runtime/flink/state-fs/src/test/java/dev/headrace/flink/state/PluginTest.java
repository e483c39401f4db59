package dev.headrace.flink.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystemFactory;
import org.apache.flink.core.plugin.DefaultPluginManager;
import org.apache.flink.core.plugin.DirectoryBasedPluginFinder;
import org.apache.flink.util.WrappingProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * As installed: this plugin and that of the root's scheme, each in its folder with a class loader
 * of its own.
 */
class PluginTest {
  @TempDir Path folder;

  @BeforeEach
  void installThePlugins() throws Exception {
    install("headrace-state", StateFileSystemFactory.class);
    install("other", OtherFileSystemFactory.class);
    Configuration config = new Configuration();
    config.setString("headrace.state.root", "other://disk" + folder.resolve("root"));
    FileSystem.initialize(
        config,
        new DefaultPluginManager(
            new DirectoryBasedPluginFinder(folder.resolve("plugins")).findPlugins(),
            CoreOptions.getPluginParentFirstLoaderPatterns(config)));
  }

  @AfterEach
  void forgetThePlugins() {
    FileSystem.initialize(new Configuration(), null);
  }

  @Test
  void theRootsFileSystemIsFoundInAnotherPlugin() throws Exception {
    FileSystem fs = FileSystem.getUnguardedFileSystem(URI.create("state://checkpoints/job"));
    assertThat(fs).isInstanceOf(WrappingProxy.class);
    Object plugged = ((WrappingProxy<?>) fs).getWrappedDelegate();
    assertThat(plugged.getClass().getName()).isEqualTo(CopyingStateFileSystem.class.getName());
    assertThat(plugged.getClass().getClassLoader())
        .isNotSameAs(StateFileSystem.class.getClassLoader());
    assertThat(fs.mkdirs(new org.apache.flink.core.fs.Path("state://checkpoints/job"))).isTrue();
    assertThat(folder.resolve("root/checkpoints/job")).isDirectory();
  }

  @Test
  void bulkCopiesAreNotOfferedForARootWhosePluginDoesNot() throws Exception {
    var remote = new org.apache.flink.core.fs.Path("state://checkpoints/a");
    var local = new org.apache.flink.core.fs.Path(folder.resolve("a").toUri());
    // Flink's wrapper around a plugin's file system always has the interface; the answer counts.
    assertThat(remote.getFileSystem().canCopyPaths(remote, local)).isFalse();
  }

  private void install(String plugin, Class<?> factory) throws Exception {
    Path classes = Path.of(factory.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path target = Files.createDirectories(folder.resolve("plugins").resolve(plugin));
    try (OutputStream file = Files.newOutputStream(target.resolve(plugin + ".jar"));
        JarOutputStream jar = new JarOutputStream(file);
        Stream<Path> entries = Files.walk(classes)) {
      for (Path entry : entries.filter(path -> path.toString().endsWith(".class")).toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(entry).toString()));
        Files.copy(entry, jar);
      }
      jar.putNextEntry(new JarEntry("META-INF/services/" + FileSystemFactory.class.getName()));
      jar.write(factory.getName().getBytes(StandardCharsets.UTF_8));
    }
  }
}
