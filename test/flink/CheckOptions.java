import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * Reads a configuration with each key's own option of Flink, and prints a line for every key that no option has
 * ({@code unknown}), whose value its option refuses ({@code refused}), or that is deprecated. Arguments: directories of
 * config.yaml, then {@code --}, then jars to look for options in.
 */
class CheckOptions {
  public static void main(String[] args) throws Exception {
    int separator = java.util.List.of(args).indexOf("--");
    Map<String, ConfigOption<?>> options = new HashMap<>();
    Map<String, String> deprecated = new HashMap<>();
    for (int i = separator + 1; i < args.length; i++) collect(args[i], options, deprecated);
    System.out.println("options " + options.size());
    for (int i = 0; i < separator; i++) {
      Configuration configuration = GlobalConfiguration.loadConfiguration(args[i]);
      String name = Path.of(args[i]).getFileName().toString();
      for (var entry : new TreeMap<>(configuration.toMap()).entrySet()) {
        String key = entry.getKey();
        ConfigOption<?> option = options.get(key);
        if (option == null) {
          System.out.println(
              (deprecated.containsKey(key) ? "deprecated " : "unknown ") + name + " " + key);
          continue;
        }
        try {
          configuration.getOptional(option);
        } catch (RuntimeException e) {
          System.out.println("refused " + name + " " + key + ": " + entry.getValue() + ": " + e.getMessage());
        }
      }
    }
  }

  private static void collect(String jar, Map<String, ConfigOption<?>> options, Map<String, String> deprecated)
      throws Exception {
    try (JarFile file = new JarFile(jar)) {
      for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        String name = entry.getName();
        if (!name.endsWith(".class") || !name.startsWith("org/apache/flink/") || name.contains("/shaded/")) continue;
        // Cheaper than loading every class.
        try (InputStream in = file.getInputStream(entry)) {
          String constants = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
          if (!constants.contains("Lorg/apache/flink/configuration/ConfigOption;")) continue;
        }
        try {
          Class<?> owner = Class.forName(name.substring(0, name.length() - 6).replace('/', '.'), false,
              CheckOptions.class.getClassLoader());
          for (Field field : owner.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) || field.getType() != ConfigOption.class) continue;
            field.setAccessible(true);
            ConfigOption<?> option = (ConfigOption<?>) field.get(null);
            if (option == null) continue;
            options.put(option.key(), option);
            for (FallbackKey fallback : option.fallbackKeys()) deprecated.put(fallback.getKey(), option.key());
          }
        } catch (LinkageError | ReflectiveOperationException e) {
          // A class of an optional part of Flink that is not here.
        }
      }
    }
  }
}
